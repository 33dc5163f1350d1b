// What three readers of previews make of every page, held against what its head says.
import metascraper from "metascraper";
import description from "metascraper-description";
import image from "metascraper-image";
import title from "metascraper-title";
import address from "metascraper-url";
import openGraph from "open-graph-scraper";
import { unfurl } from "unfurl.js";
import { conclude, pages } from "./pages.mjs";

const scrape = metascraper([title(), description(), image(), address()]);
const wrong = { metascraper: [], "open-graph-scraper": [], "unfurl.js": [] };
const all = await pages();

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'" };
const decoded = (words) => words?.replace(/&(?:amp|lt|gt|quot|#x27|#39);/g, (found) => ENTITIES[found]);
const plain = (words) => decoded(words)?.replace(/[‘’]/g, "'").replace(/\s+/g, " ").trim();

function head(html) {
  const told = {};
  for (const [, name, content] of html.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)"/g)) told[name] ??= decoded(content);
  return told;
}

for (const { url, html } of all) {
  const told = head(html);
  const expect = (reader, what, heard, said) => {
    if (plain(heard) !== plain(said)) wrong[reader].push(`${url}: ${what} is ${JSON.stringify(heard)} and not ${JSON.stringify(said)}`);
  };
  for (const name of ["og:title", "og:description", "og:url", "og:type", "og:image", "og:image:alt"])
    if (!told[name]) wrong.metascraper.push(`${url}: says no ${name}`);

  const scraped = await scrape({ html, url });
  expect("metascraper", "title", scraped.title, told["og:title"]);
  expect("metascraper", "description", scraped.description, told["og:description"]);
  expect("metascraper", "image", scraped.image, told["og:image"]);
  expect("metascraper", "address", scraped.url, told["og:url"]);

  // It knows no product tags by itself, and reads those that it is asked for.
  const { result, error } = await openGraph({
    html,
    customMetaTags: [{ multiple: false, property: "product:price:amount", fieldName: "price" }],
  });
  if (error) wrong["open-graph-scraper"].push(`${url}: ${JSON.stringify(result)}`);
  expect("open-graph-scraper", "title", result.ogTitle, told["og:title"]);
  expect("open-graph-scraper", "description", result.ogDescription, told["og:description"]);
  expect("open-graph-scraper", "kind", result.ogType, told["og:type"]);
  expect("open-graph-scraper", "image", result.ogImage?.[0]?.url, told["og:image"]);
  expect("open-graph-scraper", "card", result.twitterCard, "summary_large_image");
  expect("open-graph-scraper", "price", result.customMetaTags?.price, told["product:price:amount"]);

  const unfurled = await unfurl(url);
  expect("unfurl.js", "title", unfurled.open_graph?.title, told["og:title"]);
  expect("unfurl.js", "description", unfurled.open_graph?.description, told["og:description"]);
  expect("unfurl.js", "image", unfurled.open_graph?.images?.[0]?.url, told["og:image"]);
  expect("unfurl.js", "oEmbed title", unfurled.oEmbed?.title, told["og:title"]);
  expect("unfurl.js", "oEmbed provider", unfurled.oEmbed?.provider_name, "Creatorshop");

  const picture = await fetch(told["og:image"]);
  if (!picture.ok || !/^image\//.test(picture.headers.get("content-type") || ""))
    wrong.metascraper.push(`${url}: its picture answers ${picture.status} ${picture.headers.get("content-type")}`);
}
for (const [reader, lines] of Object.entries(wrong)) conclude(lines, all.length, reader);
