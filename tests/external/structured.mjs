// The schema.org data of every page, by Adobe's validator: Google's rules for rich results, and schema.org's own with its vocabulary.
import { readFile } from "node:fs/promises";
import Validator from "@adobe/structured-data-validator";
import WebAutoExtractor from "@marbec/web-auto-extractor";
import { conclude, pages } from "./pages.mjs";

// A file of https://schema.org/version/latest/schemaorg-all-https.jsonld; without it only Google's rules are asked.
const vocabulary = process.argv[3] ? JSON.parse(await readFile(process.argv[3], "utf8")) : null;
const wrong = [];
const hints = new Map();
const all = await pages();
let things = 0;

for (const { url, html } of all) {
  const read = new WebAutoExtractor({ addLocation: true, embedSource: ["rdfa", "microdata"] }).parse(html);
  things += Object.values(read.jsonld).flat().length;
  if (read.errors?.length) wrong.push(...read.errors.map((error) => `${url}: ${error.message || error}`));
  for (const issue of await new Validator(vocabulary).validate(read)) {
    const where = issue.path.map(({ type }) => type).join(" > ");
    const line = `${where}: ${issue.issueMessage}`;
    if (issue.severity === "ERROR") wrong.push(`${url}: ${line}`);
    else hints.set(line, (hints.get(line) || 0) + 1);
  }
}
for (const [line, times] of hints) console.log(`  could be there (${times}): ${line}`);
if (!things) wrong.push("no page has any data");
conclude(wrong, all.length, `structured data (${things} things${vocabulary ? ", with schema.org's vocabulary" : ""})`);
