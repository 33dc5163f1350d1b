import pytest

from drops.clock import database_now
from drops.letters.sending import send_letter
from drops.letters.writing import LetterEmpty, LetterWasSent, Run, paragraphs_of, rewrite
from tests.drops.letters.makers import make_letter, make_subscriber


def test_an_empty_line_begins_a_paragraph_and_a_link_ends_before_its_sentence_does():
    assert paragraphs_of("One\r\nand a half.\r\n \r\n\r\nSee https://kiln.example/mugs?a=1&b=2. Bye\n") == [
        [Run("One\nand a half.")],
        [Run("See "), Run("https://kiln.example/mugs?a=1&b=2", is_link=True), Run(". Bye")],
    ]


def test_markup_is_words_like_any_other():
    assert paragraphs_of('<b>x</b> javascript:alert(1) "http://a.example"') == [
        [Run('<b>x</b> javascript:alert(1) "'), Run("http://a.example", is_link=True), Run('"')]
    ]


@pytest.mark.django_db
def test_a_draft_is_rewritten():
    letter = rewrite(letter=make_letter(), subject=" Two\nlines ", body="\nHello.\n")

    assert (letter.subject, letter.body) == ("Two lines", "Hello.")


@pytest.mark.django_db
@pytest.mark.parametrize("words", [{"subject": " ", "body": "x"}, {"subject": "x", "body": "\n \n"}])
def test_a_letter_without_words_is_refused(words):
    letter = make_letter()

    with pytest.raises(LetterEmpty):
        rewrite(letter=letter, **words)

    letter.refresh_from_db()
    assert letter.subject == "The kiln is warm"


@pytest.mark.django_db
def test_what_people_were_sent_does_not_change():
    letter = make_letter()
    make_subscriber(letter.creator)
    send_letter(letter=letter, actor="office:ana", now=database_now())

    with pytest.raises(LetterWasSent):
        rewrite(letter=letter, subject="Other", body="Other.")

    letter.refresh_from_db()
    assert letter.subject == "The kiln is warm"
