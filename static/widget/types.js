/**
 * The words of the wire, as this widget reads them. Types only: nothing here reaches the browser.
 *
 * @typedef {{amount_minor: number, currency: string, text: string}} Money
 * @typedef {{kind: "callback"|"url"|"reply"|"pay", label: string, token?: string, url?: string, style?: "primary"|"quiet"}} Action
 * @typedef {{label: string, desc?: string, token: string, swatch?: string, sku?: string, disabled_reason?: string}} Option
 * @typedef {{prompt?: string, style: "buttons"|"list"|"chips", options: Option[]}} Choices
 * @typedef {{url: string, srcset_avif?: string, srcset_webp?: string, alt: string, w: number, h: number, placeholder?: string, focal?: number[]}} Image
 * @typedef {{drop: string, skus: string[], total: number}} Live
 * @typedef {{title: string, subtitle?: string, body?: string, image?: Image, price?: Money, price_note?: string,
 *   badge?: {kind: string, text: string}, live?: Live, choices?: Choices, actions?: Action[]}} Card
 * @typedef {{id: string, seq: number, revision: number, type: string, from: string, by?: string, at: string, locale: string,
 *   fallback_text?: string, expires_at?: string|null, body: any}} Message
 * @typedef {{sku: string, total: number, available: number, kept: number, held: number, sold: number, waiting: number, next_return_at: string|null}} SkuCount
 * @typedef {{drop: string, state: string, epoch: number, seq: number, next_return_at: string|null, skus: SkuCount[]}} Snapshot
 * @typedef {{slug: string, name: string, tagline?: string, avatar_url?: string, accent?: string, currency: string}} Creator
 * @typedef {{token: string, shopper: string, creator: Creator, drop: string|null, sockets_url: string, server_time: string}} Session
 * @typedef {{id: string, kind: string, token?: string, text?: string, values?: object, context?: object}} Outgoing
 *
 * What a message needs from the widget that shows it.
 * @typedef {object} Desk
 * @property {string} base where the shop answers
 * @property {import("./words.js").Words} words
 * @property {import("./clock.js").Clock} clock
 * @property {import("./api.js").Api} api
 * @property {(event: object, from?: Element) => void} send
 * @property {(url: string, from?: Element) => void} pay opens the sheet
 * @property {(name: string, detail?: object) => void} emit tells the host page what somebody did
 * @property {(name: string, detail?: object) => void} tell tells it what a message brought, unless it is an old one
 * @property {() => string} name the creator's
 * @property {(text: string) => void} say speaks to those who listen instead of looking
 * @property {(el: Element, tick: () => void) => void} tick runs four times a second while the element is shown
 * @property {(el: Element, live: Live, patch: (stock: Snapshot) => void) => void} stock follows the counts of a drop
 */
