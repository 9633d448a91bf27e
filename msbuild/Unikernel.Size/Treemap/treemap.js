'use strict';
// The page of a size report. A node of the data: n name, b bytes, o bytes of the old image (in a comparison), k bytes by category (of the node itself),
// ok the same of the old image, w why it is there, c children.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const comparing = data.old !== undefined;
  const colors = {
    code: '#84adff', data: '#fdb022', types: '#fec84b', strings: '#f79009', metadata: '#c2b5fd', unwind: '#99f6e0', 'gc-info': '#5fe9d0',
    files: '#fda29b', headers: '#d0d5dd', padding: '#eaecf0', unattributed: '#f04438',
  };
  const element = id => document.getElementById(id);
  const bytes = n => n.toLocaleString('en-US') + ' B';
  const signed = n => (n > 0 ? '+' : '') + bytes(n);
  const create = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  // Trees: by owner as in the data, or first by what the bytes are.
  const link = (node, parent) => {
    node.parent = parent;
    for (const child of node.c ?? []) link(child, node);
    return node;
  };
  const byCategory = tree => {
    const root = { n: tree.n, b: tree.b, o: tree.o, c: [] };
    const insert = (path, category, now, old, why) => {
      let at = root;
      for (const name of [category, ...path]) {
        at.index ??= new Map();
        at.c ??= [];
        let next = at.index.get(name);
        if (!next) { next = { n: name, b: 0, o: 0 }; at.index.set(name, next); at.c.push(next); }
        next.b += now; next.o += old;
        at = next;
      }
      at.k ??= {}; at.ok ??= {};
      at.k[category] = (at.k[category] ?? 0) + now;
      at.ok[category] = (at.ok[category] ?? 0) + old;
      at.w = why;
    };
    const walk = (node, path) => {
      for (const category of new Set([...Object.keys(node.k ?? {}), ...Object.keys(node.ok ?? {})]))
        insert(path, category, node.k?.[category] ?? 0, node.ok?.[category] ?? 0, node.w);
      for (const child of node.c ?? []) walk(child, [...path, child.n]);
    };
    walk(tree, []);
    return root;
  };
  const trees = { owner: link(data.tree, null) };
  const tree = name => trees[name] ??= link(byCategory(data.tree), null);

  const delta = node => (node.b ?? 0) - (node.o ?? 0);
  const sum = values => Object.values(values ?? {}).reduce((a, b) => a + b, 0);
  const own = node => {
    const now = sum(node.k), old = sum(node.ok);
    if (!comparing) return now;
    return element('mode').value === 'change' ? Math.abs(now - old) : Math.max(now, old);
  };
  const categories = new WeakMap();
  const category = node => { // the one that most of a part's bytes are
    if (categories.has(node)) return categories.get(node);
    const all = totals(node);
    const most = Object.keys(all).sort((a, b) => all[b] - all[a])[0] ?? 'data';
    categories.set(node, most);
    return most;
  };
  const totals = node => {
    if (node.totals) return node.totals;
    const all = { ...node.k };
    for (const child of node.c ?? [])
      for (const [name, value] of Object.entries(totals(child))) all[name] = (all[name] ?? 0) + value;
    return node.totals = all;
  };
  const color = node => {
    if (!comparing) return colors[category(node)];
    const change = delta(node), share = Math.min(1, Math.abs(change) / Math.max(1, node.b, node.o));
    if (change === 0) return '#eaecf0';
    const light = Math.round(88 - 38 * share);
    return change > 0 ? `hsl(4 80% ${light}%)` : `hsl(150 50% ${light}%)`;
  };
  const label = node => node.n === '' ? '(global)' : node.n;
  const path = node => {
    const steps = [];
    for (let at = node; at; at = at.parent) steps.unshift(at);
    return steps;
  };

  let current = trees.owner, matches = null;
  const go = node => { current = node; draw(); show(node); };

  function draw() {
    const map = element('map'), width = map.clientWidth, height = map.clientHeight;
    const depth = 4, smallest = 3;
    map.replaceChildren();
    const root = d3.hierarchy(current, node => node.c).sum(own).sort((a, b) => b.value - a.value);
    d3.treemap().size([width, height]).paddingTop(17).paddingInner(1).round(true)(root);
    const cut = node => !node.children || node.depth >= depth;
    root.each(node => {
      const w = node.x1 - node.x0, h = node.y1 - node.y0;
      if (w < smallest || h < smallest || node.depth > depth || (node.parent && node.value === 0)) return;
      const box = create('div', w > 28 && h > 13 ? label(node.data) + (h > 30 && cut(node) ? '' : ' ' + (comparing ? signed(delta(node.data)) : bytes(node.data.b))) : '', 'node');
      box.style.cssText = `left:${node.x0}px;top:${node.y0}px;width:${w}px;height:${h}px`;
      if (cut(node)) {
        box.style.background = color(node.data);
        if (h > 30 && w > 28) box.append(create('div', comparing ? signed(delta(node.data)) : bytes(node.data.b), 'number'));
      } else {
        box.classList.add('group');
      }
      if (matches) box.classList.toggle('dim', cut(node) && !matches.has(node.data)), box.classList.toggle('hit', cut(node) && matches.has(node.data));
      box.dataset.path = path(node.data).map(label).join('/');
      box.title = box.dataset.path;
      box.addEventListener('mouseenter', () => show(node.data));
      // A click goes one step down: into the part of the current one that was hit.
      box.addEventListener('click', event => {
        event.stopPropagation();
        const steps = path(node.data), next = steps[steps.indexOf(current) + 1];
        if (next && next.c) go(next); else show(node.data);
      });
      map.append(box);
    });
    if (map.childElementCount === 0) map.append(create('p', comparing ? 'Nothing changed here.' : 'Nothing here.'));
    const bar = element('path');
    bar.replaceChildren(...path(current).map(step => {
      const button = create('button', label(step));
      button.addEventListener('click', () => go(step));
      return button;
    }));
    map.dataset.nodes = map.childElementCount;
  }

  function show(node) {
    const rows = create('table');
    const row = (value, name) => { const tr = create('tr'); tr.append(create('td', value), create('td', name)); rows.append(tr); };
    row(bytes(node.b), comparing ? `now; before ${bytes(node.o ?? 0)}, ${signed(delta(node))}` : `of ${bytes(data.tree.b)}, ${(100 * node.b / data.tree.b).toFixed(2)} %`);
    const all = totals(node);
    for (const name of Object.keys(all).sort((a, b) => all[b] - all[a])) row(bytes(all[name]), name);
    const parts = [create('strong', path(node).map(label).slice(1).join(' / ') || label(node)), rows];
    if (node.w) parts.push(create('p', 'why: ' + node.w, 'why'));
    element('details').replaceChildren(...parts);
  }

  function search() {
    const text = element('search').value.trim().toLowerCase();
    element('results').replaceChildren();
    element('found').textContent = '';
    matches = null;
    if (text.length > 1) {
      matches = new Set();
      const hits = [];
      // A part that has the text in its name stands for all below it; those above it are shown as leading there.
      const walk = (node, inside) => {
        const hit = inside || label(node).toLowerCase().includes(text);
        if (hit && !inside && node.parent) hits.push(node);
        let any = hit;
        for (const child of node.c ?? []) any = walk(child, hit) || any;
        if (any) matches.add(node);
        return any;
      };
      walk(current, false);
      hits.sort((a, b) => (comparing ? Math.abs(delta(b)) - Math.abs(delta(a)) : 0) || b.b - a.b);
      element('found').textContent = `${hits.length} parts, ${bytes(hits.reduce((n, hit) => n + hit.b, 0))}`;
      for (const hit of hits.slice(0, 60)) {
        const item = create('li'), button = create('button', path(hit).map(label).slice(1).join(' / ') + ' ');
        button.append(create('span', comparing ? signed(delta(hit)) : bytes(hit.b), 'number'));
        button.addEventListener('click', () => go(hit.c ? hit : hit.parent));
        item.append(button);
        element('results').append(item);
      }
    }
    draw();
  }

  element('title').textContent = comparing
    ? `${data.old.name} ${bytes(data.old.bytes)} → ${data.image.name} ${bytes(data.image.bytes)}: ${signed(data.image.bytes - data.old.bytes)}`
    : `${data.image.name}: ${bytes(data.image.bytes)}`;
  element('modeLabel').hidden = !comparing;
  for (const [value, text] of [['owner', 'owner'], ['category', 'what it is']]) {
    const option = create('option', text);
    option.value = value;
    element('grouping').append(option);
  }
  if (!comparing) {
    const all = totals(data.tree);
    for (const name of Object.keys(all).sort((a, b) => all[b] - all[a])) {
      const item = create('li'), box = create('i');
      box.style.background = colors[name];
      item.append(box, `${name} `, create('span', bytes(all[name]), 'number'));
      element('legend').append(item);
    }
  }
  element('grouping').addEventListener('change', event => { current = tree(event.target.value); search(); show(current); });
  element('mode').addEventListener('change', draw);
  element('search').addEventListener('input', search);
  addEventListener('resize', draw);
  go(current);
})();
