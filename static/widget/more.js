import { form, slotPicker } from "./forms.js";
import { checkout, receipt } from "./receipts.js";
import { sheet } from "./sheets.js";
import { carousel, stockProof } from "./shelves.js";

const STYLE_OF_MORE = `
.carousel{position:relative;margin-inline:-16px}
.strip{display:flex;gap:10px;overflow-x:auto;scroll-snap-type:x mandatory;scroll-padding-inline:16px;padding-inline:16px;scrollbar-width:none}
.strip::-webkit-scrollbar{display:none}
.strip:focus-visible{outline-offset:-3px}
.strip .card{display:flex;flex-direction:column;flex:0 0 84%;scroll-snap-align:start}
.strip .card>:last-child{margin-block-start:auto}
.arrow{position:absolute;inset-block-start:108px;display:none;align-items:center;justify-content:center;inline-size:44px;block-size:44px;border-radius:999px;background:var(--raised);border:1px solid var(--line)}
.arrow.back{inset-inline-start:8px}.arrow.next{inset-inline-end:8px}
@media (hover:hover){.carousel:hover .arrow{display:flex}}
.arrow:focus-visible,.strip:focus-visible~.arrow{display:flex}

.pick .place{display:flex;gap:6px;align-items:center;font-size:13px;color:var(--ink-2);margin-block-start:2px}
.place .icon{inline-size:16px;block-size:16px}
.only{padding:12px 15px 8px;font-weight:600}
.slots{display:grid;grid-template-columns:1fr 1fr;gap:8px;padding:0 15px 15px}
.slot{min-block-size:52px;padding:6px 10px;text-align:center;border:1.5px solid var(--edge);border-radius:10px;background:var(--raised);font-variant-numeric:tabular-nums;transition:transform .12s}
.slot b{display:block;font-weight:600;line-height:1.3}
.slot small{font-size:12px;color:var(--ink-2)}
.form{padding:14px 15px 15px}
.form .prompt{font-weight:600}
.choices>.prompt{white-space:pre-line}
.bubble p,.card .body{unicode-bidi:plaintext}
.fields{display:grid;grid-template-columns:3fr 2fr;gap:10px;margin-block:10px 12px}
.fields label{font-size:13px;color:var(--ink-2);min-inline-size:0}
.fields label:only-child{grid-column:1/-1}
.field{display:block;inline-size:100%;min-block-size:46px;margin-block-start:4px;padding:8px 12px;font-size:16px;background:var(--paper);color:var(--ink);border:1.5px solid var(--edge);border-radius:10px}
.field[aria-invalid=true]{border-color:var(--bad)}
.wrong{font-size:13px;color:var(--bad);margin-block-end:8px}
.wrong:empty{display:none}

.stamp{display:flex;align-items:center;gap:7px;color:var(--ok);font-weight:650;font-size:14px;margin-block-end:4px}
.stamp .icon{stroke-width:2.5;inline-size:18px;block-size:18px}
.pass{display:flex;gap:15px;align-items:center;margin:13px 15px 0;padding:14px;background:var(--paper);border:1px solid var(--line);border-radius:10px}
.pass .note{display:block}
.qr{background:#fff;padding:6px;border-radius:6px;flex:none}
.pass>div{min-inline-size:0}
.code{display:block;margin-block:1px 3px;font:700 27px/1.2 var(--display);letter-spacing:.05em;white-space:nowrap}
.code.long{font-size:19px;letter-spacing:.03em}
.proof{padding:13px 15px}
.proof ul{list-style:none;display:grid;gap:8px}
.proof li{display:flex;gap:8px}
.proof .note{margin-block-start:8px}
.proof li .icon{color:var(--ok)}
.proof small{display:block;font-size:12px;color:var(--ink-3)}
.sheet{position:absolute;inset:0;z-index:2;display:flex;flex-direction:column;background:var(--paper);animation:rise .24s cubic-bezier(.2,.8,.2,1);padding-block:env(safe-area-inset-top) env(safe-area-inset-bottom)}
.inline .sheet{position:absolute}
.sheet .head b{flex:1;font:650 16px/1.25 var(--display)}
.sheet .head a{display:flex;gap:6px;align-items:center;min-block-size:44px;padding-inline:10px;font-size:13.5px;font-weight:550;color:var(--ink-2)}
.sheet .head .icon{inline-size:17px;block-size:17px}
.sheet .head{padding-inline:8px}
.sheet iframe{flex:1;inline-size:100%;border:0;background:var(--paper);color-scheme:inherit}
.options{display:flex;flex-direction:column;gap:8px}
.options.buttons{flex-flow:row wrap}
.options.buttons .option{flex:1 1 44%}
.card .options{padding:12px 15px 15px}
.option{display:flex;align-items:center;justify-content:space-between;gap:12px;min-block-size:48px;padding:9px 10px 9px 14px;padding-inline:14px 10px;background:var(--raised);border:1.5px solid var(--edge);border-radius:10px;transition:transform .12s}
.option b{display:block;font-weight:600;line-height:1.3}
.option small{display:block;font-size:13px;line-height:1.4;color:var(--ink-2)}
.option .icon{inline-size:18px;block-size:18px;color:var(--ink-3)}
.option[aria-disabled],.slot[aria-disabled]{border-style:dashed;cursor:not-allowed;background:none}
.option[aria-disabled] b,.slot[aria-disabled] b{text-decoration:line-through;color:var(--ink-3)}

.torn{background:var(--sunk);box-shadow:inset 0 0 0 1px var(--line);color:var(--ink-2);animation:tear .3s}
.torn .stub b{display:block;color:var(--ink);font-weight:600}
.torn .rest,.torn .rest::before,.torn .rest::after{border-color:var(--line)}
.torn .actions{padding:0}
.torn .rest{animation:part .3s}
@keyframes tear{from{background:var(--safewash);transform:translateY(-4px)}}
@keyframes part{from{margin-block-start:-6px}}
@media (forced-colors:active){.launcher,.button,.chip,.send,.tag{border:1px solid ButtonText}.bar i,.stock i{background:Highlight}.chip[aria-checked=true]{border:3px solid Highlight}.ticket,.bubble,.card{border:1px solid CanvasText}}
`;

const WORDS_OF_MORE = {
  frame: "{n} of {total}",
  photos: "{n} to look at",
  next: "Next",
  checkout: "Checkout",
  testPayment: "Test payment: no money moves",
  openSheet: "Open the checkout",
  inTab: "Open in a tab",
  frameBlocked: "This page does not let the checkout in. It opens well in a tab of its own.",
  showCode: "Show this code",
  order: "Your order",
  track: "Follow the parcel",
  slotsLeft: "{n} left",
  full: "full",
  required: "Please fill this in",
  asOf: "as of {time}",
  back: "Back",
};

/** What a first card and a hold can do without: fetched once the panel is open, so that the page waits for less. */
export const more = { style: STYLE_OF_MORE, words: WORDS_OF_MORE, sheet, shown: { carousel, slot_picker: slotPicker, form, checkout, receipt, stock_proof: stockProof } };
