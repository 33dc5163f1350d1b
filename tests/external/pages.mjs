// Which pages other people's readers are shown: those of the demo that `make run` fills, found through its sitemap.
export const SHOP = (process.argv[2] || "http://127.0.0.1:8000").replace(/\/$/, "");

export async function pages() {
  const list = await (await fetch(`${SHOP}/sitemap.xml`)).text();
  const found = [...list.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, address]) => address.replaceAll("&amp;", "&"));
  if (!found.length) throw new Error(`${SHOP}/sitemap.xml lists nothing. Is the shop running, with its demo?`);
  return Promise.all(
    found.map(async (url) => {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
      return { url, html: await answer.text() };
    }),
  );
}

export function conclude(wrong, looked, reader) {
  for (const line of wrong) console.log(`  ${line}`);
  console.log(`${reader}: ${looked} pages, ${wrong.length || "nothing"} wrong`);
  if (wrong.length) process.exitCode = 1;
}
