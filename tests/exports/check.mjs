// Reads exports with the parsers of the tools they are meant for: Mermaid's own, and Graphviz.
// Usage: node check.mjs FILE...   (`.mmd`, `.dot`; `.svg` must be well-formed XML)
// Prints one JSON line for each file: { file, ok, error?, states?, edges?, nodes? }. Exits 1 if one is refused.

import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const page = new JSDOM("<!DOCTYPE html><body></body>");
globalThis.window = page.window;
globalThis.document = page.window.document;

const { default: mermaid } = await import("mermaid");
const { instance } = await import("@viz-js/viz");
const graphviz = await instance();

/** Reads a state diagram and tells which states it has and how many transitions, nested ones included. */
async function readMermaid(text) {
  await mermaid.parse(text);
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
  const database = diagram.db;
  const data = database.getData();
  return {
    states: data.nodes.map((node) => node.id).sort(),
    edges: data.edges.map((edge) => [edge.start, edge.end, edge.label ?? ""]),
    title: diagram.db.getDiagramTitle?.() ?? "",
  };
}

/** Reads a digraph and tells its nodes and edges with their labels, clusters included. */
function readDot(text) {
  const drawn = graphviz.renderJSON(text);
  const objects = drawn.objects ?? [];
  const name = (id) => objects.find((object) => object._gvid === id)?.name;
  return {
    states: objects.filter((object) => !("nodes" in object || "subgraphs" in object)).map((object) => object.name).sort(),
    edges: (drawn.edges ?? []).map((edge) => [name(edge.tail), name(edge.head), edge.label ?? ""]),
    title: drawn.label ?? "",
  };
}

/** Reads a picture as XML and tells the texts and every element's name. */
function readSvg(text) {
  const parsed = new page.window.DOMParser().parseFromString(text, "image/svg+xml");
  const elements = [...parsed.getElementsByTagName("*")];
  const broken = elements.find((element) => element.nodeName === "parsererror");
  if (broken) throw new Error(broken.textContent);
  return {
    elements: [...new Set(elements.map((element) => element.nodeName))].sort(),
    attributes: [...new Set(elements.flatMap((element) => element.getAttributeNames()))].sort(),
  };
}

let refused = 0;
for (const file of process.argv.slice(2)) {
  try {
    const text = readFileSync(file, "utf8");
    const read = file.endsWith(".mmd") ? await readMermaid(text) : file.endsWith(".dot") ? readDot(text) : readSvg(text);
    console.log(JSON.stringify({ file, ok: true, ...read }));
  } catch (error) {
    refused += 1;
    console.log(JSON.stringify({ file, ok: false, error: String(error?.message ?? error) }));
  }
}
process.exitCode = refused ? 1 : 0;
