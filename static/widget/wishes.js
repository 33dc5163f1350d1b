/**
 * What a page seldom wishes of the widget.
 * @typedef {{chat: () => any, heard: Map<Function, any>, loaded: Set<any>, opened: (event: MouseEvent) => void}} Spoken
 * @type {Record<string, (spoken: Spoken, ...facts: any[]) => void>}
 */
export const wishes = {
  locale: ({ chat }, locale) => chat() && (chat().dataset.locale = locale),
  theme: ({ chat }, theme) => chat() && Object.assign(chat().dataset, typeof theme === "string" ? { theme } : theme),
  context: ({ chat }, context) => chat()?.context(context),
  off({ heard }, name, listener) {
    document.removeEventListener(`creatorshop:${name}`, heard.get(listener));
    heard.delete(listener);
  },
  destroy({ loaded, opened }) {
    document.querySelectorAll("creatorshop-chat").forEach((/** @type {any} */ el) => el.destroy());
    document.removeEventListener("click", opened);
    loaded.clear();
  },
};
