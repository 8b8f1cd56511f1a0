// Builds elements. Text is always text: nothing here, or anywhere in the console, makes markup of data.

const SVG = 'http://www.w3.org/2000/svg';

function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      parent.append(child);
    }
  }
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) {
      continue;
    }

    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'value') {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
}

/** An element of HTML: h('p.hint', { id: 'a' }, 'text', otherElement). */
export function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) {
    element.className = classes.join(' ');
  }

  append(element, children);
  set(element, attributes);
  return element;
}

/** An element of SVG. */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  append(element, children);
  set(element, attributes);
  return element;
}

/** Replaces what an element holds. The focus stays on the element with the same data-key, if there is one again. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  element.replaceChildren();
  append(element, children);
  if (key !== undefined) {
    element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  }
}

let ids = 0;

/** A label with its field. */
export function field(label, control, hint) {
  control.id ||= `field-${ids += 1}`;
  if (hint) {
    control.setAttribute('aria-describedby', `${control.id}-hint`);
  }

  return h('div.field', null, h('label', { for: control.id }, label), control, hint && h('p.hint', { id: `${control.id}-hint` }, hint));
}
