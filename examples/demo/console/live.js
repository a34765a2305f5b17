// Brings the live parts of the page up to date. Everything else works without.
'use strict';

let source;

function listen() {
  source?.close();
  source = new EventSource('/demo/live');
  source.onmessage = (event) => {
    const news = new DOMParser().parseFromString(event.data, 'text/html');
    for (const part of news.querySelectorAll('[data-live]')) {
      const old = document.getElementById(part.id);
      if (old) patch(old, part);
    }
  };
}

// patch changes what differs and leaves the rest alone, so that the focus stays where it is and changes can glide.
function patch(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeName !== now.nodeName) {
    old.replaceWith(now);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    old.data = now.data;
    return;
  }
  for (const name of old.getAttributeNames()) {
    if (!now.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const name of now.getAttributeNames()) {
    if (old.getAttribute(name) !== now.getAttribute(name)) old.setAttribute(name, now.getAttribute(name));
  }
  const were = [...old.childNodes];
  const are = [...now.childNodes];
  are.forEach((child, i) => were[i] ? patch(were[i], child) : old.append(child));
  were.slice(are.length).forEach((child) => child.remove());
}

// A page that nobody sees must not hold a connection: a browser has six for a site.
addEventListener('pagehide', () => source.close());
addEventListener('pageshow', listen);
document.addEventListener('visibilitychange', () => document.hidden ? source.close() : listen());
