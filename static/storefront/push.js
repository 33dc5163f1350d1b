// Shows push messages, and follows a tap on them. Browsers that know the declarative form do both by themselves.
// There is no "fetch" here on purpose: pages are never kept by this worker.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said = null;
  try {
    said = event.data?.json()?.notification;
  } catch {
    return; // not one of ours
  }
  if (!said?.title) return;
  const data = { navigate: said.navigate, actions: said.actions ?? [] };
  const actions = data.actions.map(({ action, title }) => ({ action, title }));
  const { body, lang, dir, tag } = said;
  event.waitUntil(self.registration.showNotification(said.title, { body, lang, dir, tag, actions, data }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { navigate, actions = [] } = event.notification.data ?? {};
  const url = actions.find(({ action }) => action === event.action)?.navigate ?? navigate;
  if (!url) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((pages) => {
      const there = pages.find((page) => page.url === url);
      return there ? there.focus() : self.clients.openWindow(url);
    }),
  );
});
