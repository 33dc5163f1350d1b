/** @type {Record<string, string>} */
const ENGLISH = {
  open: "Open the shop",
  close: "Close",
  shop: "Shop",
  messages: "Messages",
  ask: "Ask or type a size…",
  message: "Your message",
  send: "Send",
  left: "{n} of {total} left",
  onHold: "{n} on hold right now",
  allHeld: "All {total} are on hold or sold",
  nextHold: "the next hold ends at {time}",
  soldOut: "sold out",
  allOnHold: "on hold",
  total: "Total",
  ofWhich: "of which {label}",
  held: "Held for you",
  quantity: "{n} × {title}",
  paying: "Payment is under way",
  time: "Time left on your hold",
  priceUntil: "This price stands until {time}",
  offline: "You are offline. What you write is kept and sent later.",
  online: "Back online.",
  checkout: "Checkout",
  inTab: "Open in a tab",
  back: "Back",
};

const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ps|ur|yi)\b/;

/** What the widget itself says, in the language of the page; the thread's words come from the shop. */
export class Words {
  /** @param {string} base @param {string} [locale] */
  constructor(base, locale = "en") {
    this.base = base;
    /** @type {Record<string, string>} */
    this.table = ENGLISH;
    this.locale = "en";
    try {
      [this.locale] = Intl.getCanonicalLocales(locale);
    } catch {
      // English it is.
    }
    this.dir = RIGHT_TO_LEFT.test(this.locale) ? "rtl" : "ltr";
    this.language = this.locale.split("-")[0];
    // A page in plain English says nothing about how its reader writes the time; the browser does.
    // The shop's own words carry these digits in every language; one receipt shall not have two kinds.
    this.region = ([this.locale, ...navigator.languages].find((tag) => tag.startsWith(`${this.language}-`)) || this.locale) + "-u-nu-latn";
  }

  /** Learn another language than English; a missing one leaves English standing. */
  async learn() {
    if (this.language === "en") return;
    try {
      const answer = await fetch(`${this.base}/static/widget/locales/${this.language}.json`);
      if (answer.ok) this.table = await answer.json();
    } catch {
      // English it is.
    }
  }

  /** Words that a later part brings along. @param {Record<string, string>} more */
  add(more) {
    Object.assign(ENGLISH, more);
  }

  /** @param {string} key @param {Record<string, any>} [facts] */
  say(key, facts = {}) {
    return (this.table[key] || ENGLISH[key] || "").replace(/\{(\w+)\}/g, (_, name) => String(facts[name]));
  }

  /** @param {string} key */
  knows(key) {
    return key in this.table || key in ENGLISH;
  }

  /** @param {string} iso @param {Intl.DateTimeFormatOptions} how */
  date(iso, how) {
    return new Intl.DateTimeFormat(this.region, how).format(new Date(iso));
  }

  /** An hour today, or a day and an hour. @param {string} iso @param {number} now */
  moment(iso, now) {
    // Within twenty hours the day goes without saying.
    return this.date(iso, { ...(Math.abs(Date.parse(iso) - now) > 72e6 && { weekday: "short", day: "numeric", month: "short" }), hour: "numeric", minute: "2-digit" });
  }
}
