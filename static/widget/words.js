/** @type {Record<string, string>} */
const ENGLISH = {
  open: "Open the shop",
  close: "Close",
  shop: "Shop",
  messages: "Messages",
  ask: "Ask or type a size…",
  message: "Your message",
  send: "Send",
  until: "Open until {time}",
  opens: "Opens {time}",
  ended: "The drop has ended",
  paused: "Paused for the moment",
  ends: "Ends in {n} min",
  left: "{n} of {total} left",
  onHold: "{n} on hold right now",
  allHeld: "All {total} are on hold or sold",
  nextHold: "the next hold ends at {time}",
  soldOut: "sold out",
  allOnHold: "on hold",
  total: "Total",
  ofWhich: "of which {label}",
  held: "Held for you",
  paid: "It is yours",
  quantity: "{n} × {title}",
  paying: "Payment is under way",
  time: "Time left on your hold",
  checking: "The time is up. Asking the shop…",
  holdEnded: "The hold ended. Nothing was charged.",
  letGo: "You let it go. Nothing was charged.",
  minutes_one: "{n} minute left on your hold.",
  minutes_other: "{n} minutes left on your hold.",
  moreTime: "You can ask for more time.",
  priceUntil: "This price stands until {time}",
  priceOver: "This price has lapsed",
  offline: "You are offline. What you write is kept and sent later.",
  online: "Back online.",
  refused: "The shop cannot talk on this page.",
  fullPage: "Open the shop on its own page",
  notSent: "That did not arrive. Please try again.",
};

const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ps|ur|yi)\b/;

/** What the widget itself says, in the language of the page; the thread's words come from the shop. */
export class Words {
  /** @param {string} base */
  constructor(base) {
    this.base = base;
    this.dir = "ltr";
    this.locale = this.region = "en";
    /** @type {Record<string, string>} */
    this.table = ENGLISH;
  }

  /** Learn another language; a missing one leaves English standing. @param {string} locale */
  async learn(locale) {
    try {
      [this.locale = "en"] = Intl.getCanonicalLocales(locale);
    } catch {
      // English it is.
    }
    if (RIGHT_TO_LEFT.test(this.locale)) this.dir = "rtl";
    const language = this.locale.split("-")[0];
    // A page in plain English says nothing about how its reader writes the time; the browser does.
    // The shop's own words carry these digits in every language; one receipt shall not have two kinds.
    this.region = ([this.locale, ...navigator.languages].find((tag) => tag.startsWith(`${language}-`)) || this.locale) + "-u-nu-latn";
    if (language === "en") return;
    try {
      const answer = await fetch(`${this.base}/static/widget/locales/${language}.json`, { credentials: "omit" });
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
    return (this.table[key] || ENGLISH[key] || key).replace(/\{(\w+)\}/g, (_, name) => String(facts[name]));
  }

  /** @param {string} key @param {number} n */
  count(key, n) {
    const form = `${key}_${new Intl.PluralRules(this.locale).select(n)}`;
    return this.say(this.table[form] || ENGLISH[form] ? form : `${key}_other`, { n });
  }

  /** @param {string} iso @param {Intl.DateTimeFormatOptions} how */
  date(iso, how) {
    return new Intl.DateTimeFormat(this.region, how).format(new Date(iso));
  }

  /** An hour today, or a day and an hour. @param {string} iso @param {number} now */
  moment(iso, now) {
    const soon = Math.abs(Date.parse(iso) - now) < 20 * 3600e3;
    return this.date(iso, { ...(soon ? {} : { weekday: "short", day: "numeric", month: "short" }), hour: "numeric", minute: "2-digit" });
  }

  /** A date or a window of dates. @param {string} first @param {string} [last] */
  days(first, last) {
    const days = new Intl.DateTimeFormat(this.region, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
    return last && last !== first ? days.formatRange(new Date(first), new Date(last)) : days.format(new Date(first));
  }
}
