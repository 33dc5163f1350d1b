import { wearAccent } from "./accents.js";
import { DRAWINGS } from "./dom.js";
import { ended, notice, sayMinutes, truth } from "./endings.js";
import { follow } from "./following.js";
import { form, slotPicker } from "./forms.js";
import { beside } from "./offers.js";
import { poll } from "./polling.js";
import { RARE_STYLE } from "./rarestyle.js";
import { RARE_WORDS } from "./rarewords.js";
import { checkout, receipt } from "./receipts.js";
import { refuse, tellRefusal } from "./refusing.js";
import { carousel, stockProof } from "./shelves.js";
import { showTimes, wearTag } from "./times.js";
import { answered, meet, pend } from "./typed.js";
import { wishes } from "./wishes.js";

// Lucide, like the others.
Object.assign(DRAWINGS, {
  check: "M20 6 9 17l-5-5",
  pin: "M20 10c0 5-5.5 10.2-7.4 11.8a1 1 0 0 1-1.2 0C9.5 20.2 4 15 4 10a8 8 0 0 1 16 0M12 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  info: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M12 16v-4M12 8h.01",
  warn: "m21.7 18-8-14a2 2 0 0 0-3.5 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.7-3M12 9v4M12 17h.01",
});

/** What a first card, a hold and its payment can do without: fetched once the panel is open, so that the page waits for less. */
export const more = {
  answered,
  beside,
  follow,
  meet,
  pend,
  style: RARE_STYLE,
  words: RARE_WORDS,
  shown: { carousel, slot_picker: slotPicker, form, checkout, receipt, stock_proof: stockProof, notice, ended },
  poll,
  refuse,
  sayMinutes,
  showTimes,
  tellRefusal,
  truth,
  wearAccent,
  wearTag,
  wishes,
};
