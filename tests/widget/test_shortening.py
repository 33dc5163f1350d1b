import pytest

from creatorshop.storefront.shortening import shorten


def shortened(script: str) -> str:
    """Return what becomes of a script inside the one function that the widget is."""
    return shorten(f"(()=>{{{script}}})();").removeprefix("(()=>{").removesuffix("})();")


@pytest.mark.parametrize(
    ("written", "left"),
    [
        # Names that everything knows, and names of one function.
        ("const price = 3; function pay(amount) { return amount + price; }", "const a=3;function b(e){return e+a}"),
        # What comes after a point, or before a colon, is somebody else's.
        ("function pay(amount) { amount.amount = { amount: 1 }; }", "function a(e){e.amount={amount:1}}"),
        # What is taken apart, or put together, keeps its key.
        ("function pay({ amount, tip = 0 }) { return { amount, tip }; }", "function a({amount:e,tip:t=0}){return{amount:e,tip:t}}"),
        # Private members are ours; the others are spoken to from outside.
        ("class Till { #coins = 1; open() { return this.#coins; } }", "class a{#e=1;open(){return this.#e}}"),
        # What nobody here declared belongs to the browser.
        ("const open = (url) => window.open(url, name);", "const a=e=>window.open(e,name)"),
        # A text is not read, what is put into it is.
        ("const say = (word) => `word ${word}: ${{ word }.word}`;", "const a=e=>`word ${e}: ${{word:e}.word}`"),
        ("const word = [/word[/]\\//g, 'word'];", "const a=[/word[/]\\//g,'word']"),
        # What is said in one breath stays apart.
        ("let sum = 1; const more = sum++ + +sum;", "let a=1;const b=a++ + +a"),
    ],
)  # fmt: skip
def test_names_of_ours_become_short_and_all_others_stay(written, left):
    assert shortened(written) == left


def test_a_name_of_ours_never_takes_the_place_of_the_browsers():
    script = shortened("function wait(then) { e(then); t(then); }")

    assert script == "function a(n){e(n);t(n)}"


def test_what_shadows_a_name_shadows_it_still():
    script = shortened("const price = 1; function pay(price) { return [1].map((price) => price) + price; }")

    assert script == "const a=1;function b(a){return[1].map(a=>a)+a}"


def test_a_script_that_cannot_be_read_is_told_and_not_served():
    with pytest.raises(ValueError, match="Unable to read the widget's script"):
        shortened("const open = `never closed;")
