// The few ways to make elements. Text of users reaches the page only through textContent and checked addresses:
// there is no innerHTML anywhere.

export const HERE = "/__sandbox__/browse";

/** An element with classes, attributes and children; strings become text. */
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Where the bytes of a file are. */
export function fileUrl(file, { download = false } = {}) {
  return `${HERE}/file/${file.id}/${encodeURIComponent(file.name.toWellFormed?.() ?? file.name)}${download ? "?download=1" : ""}`;
}

/** An address of users', if it leads to the web; anything else leads nowhere. */
export function safeHref(href) {
  try {
    const url = new URL(href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link out of the sandbox. */
export function outward(href, options, ...children) {
  const safe = safeHref(href);
  if (safe === null) return make("span", options, ...children);
  return make("a", { ...options, href: safe, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** 1.4 MiB, as a person would say it. */
export function size(bytes) {
  if (bytes === null || bytes === undefined) return "";
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

// Line drawings on a grid of 16, so that nothing depends on the fonts of the machine.
const GLYPHS = {
  page: "M4 1.8h5.2L12.5 5v9.2H4zM9 2v3.2h3.3M6 8h4.5M6 10.5h4.5",
  table: "M2 3h12v10H2zM2 6.4h12M2 9.7h12M6.5 3v10",
  clip: "M10.8 5.2 6.4 9.6a1.6 1.6 0 0 0 2.3 2.3l4.6-4.6a3 3 0 0 0-4.3-4.3L4.3 7.7a4.4 4.4 0 0 0 6.2 6.2",
  calendar: "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.3 2v3M10.7 2v3",
  up: "M8 13.5V4M4.2 7.5 8 3.7l3.8 3.8",
  bulb: "M6.3 12.5h3.4M6.8 14.5h2.4M8 1.8a4.2 4.2 0 0 1 2.3 7.7l-.4 1.3H6.1l-.4-1.3A4.2 4.2 0 0 1 8 1.8z",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  select: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM5.5 7 8 9.5 10.5 7",
  check: "M2.8 2.8h10.4v10.4H2.8zM5.2 8.2l2 2 3.8-4.4",
  lines: "M2.5 4h11M2.5 8h11M2.5 12h6.5",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.4 1.6",
  bin: "M3 4.5h10M6 4.5V3h4v1.5M4.2 4.5l.6 9h6.4l.6-9M6.7 7v4M9.3 7v4",
  gauge: "M2.5 11.5a5.5 5.5 0 1 1 11 0M8 11.5l2.6-3.4",
  link: "M6.7 9.3 12 4M8.2 3.8H12v3.8M6 4H3.5v8.5H12V10",
};

/** A small drawing. */
export function glyph(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "line");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", GLYPHS[name]);
  svg.append(path);
  return svg;
}

/** The icon of a page: an emoji, a picture, or a drawing. */
export function icon(look, fallback = "page") {
  if (look?.emoji) return look.emoji;
  if (look?.kind === "image") return make("img", { src: fileUrl(look), alt: "" });
  return glyph(fallback);
}

/** Runs of rich text. */
export function rich(runs) {
  const tags = { bold: "strong", italic: "em", strikethrough: "s", underline: "u", code: "code" };
  return (runs ?? []).map((run) => {
    let node = document.createTextNode(run.text);
    for (const mark of run.marks) if (tags[mark]) node = make(tags[mark], {}, node);
    return run.href ? outward(run.href, {}, node) : node;
  });
}

/** A short sign for what a file is: its extension. */
export function badge(file) {
  const dot = file.name.lastIndexOf(".");
  const ending = dot > 0 ? file.name.slice(dot + 1) : "";
  const sign = file.kind === "link" ? "link" : ending && ending.length <= 5 ? ending : "file";
  return make("span", { class: `badge ${file.kind}` }, sign);
}

/**
 * Bring a list of elements to `wanted`, keeping those that are the same: a video that plays goes on playing.
 * Each wanted item is {key, build}; equal keys mean equal looks. New ones are marked unless the list was empty.
 */
export function reconcile(parent, wanted) {
  const old = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  const first = old.size === 0;
  let at = parent.firstElementChild;
  for (const { key, build } of wanted) {
    let element = old.get(key);
    if (element) old.delete(key);
    else {
      element = build();
      element.dataset.key = key;
      if (!first) element.classList.add("fresh");
    }
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  for (const element of old.values()) element.remove();
}
