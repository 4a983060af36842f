--- The access page's data: what was read, what is looked for, in which order.

return [=[
// What a cell is where it is not the number of a set of tasks: on the account with unknown tasks;
// not on it; nobody knows, since the account could not be read, or not wholly.
const UNKNOWN = -1, NONE = -2, UNREAD = -3;
const isUnknown = cell => cell === UNKNOWN || cell === UNREAD;
const LEVELS = ['', 'view', 'change', 'control'];
const data = JSON.parse(document.getElementById('data').textContent);

// Characters that cannot be seen, or that turn text around, are shown by their number.
const visible = text => text.replace(
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff]/g,
  c => '‹U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + '›');

const searchable = (...texts) => texts.join(' ').normalize('NFKC').toLowerCase();

const tasks = data.tasks.map(([name, level, meaning], index) => ({ index, name, level, meaning }));
const sets = data.sets.map(set => set.map(index => tasks[index]));

const TYPES = { SYSTEM_USER: 'system user', BUSINESS_USER: 'person', PERSONAL_USER: 'person' };
const users = data.users.map(([id, name, type], index) => ({
  index, id, name: visible(name) || 'no name', type: TYPES[type] || visible(type).toLowerCase(),
  accounts: 0, unknown: 0, text: searchable(name, id),
}));

const accounts = data.accounts.map(([id, name, ownership, unread, pairs], index) => {
  const cells = new Int32Array(users.length).fill(unread === null ? NONE : UNREAD);
  for (let i = 0; i < pairs.length; i += 2) cells[pairs[i]] = pairs[i + 1];
  let assigned = 0;
  cells.forEach((cell, user) => {
    if (cell >= UNKNOWN) { assigned++; users[user].accounts++; }
    if (isUnknown(cell)) users[user].unknown++;
  });
  return { index, id, name: visible(name) || 'no name', ownership, assigned, cells,
    unread: unread === null ? null : visible(unread),
    text: searchable(name, id) };
});

const unfiltered = {
  accounts: '', users: '', task: -1, show: 'all', ownership: '', every: false, idle: true,
};
const state = {
  ...unfiltered, view: 'matrix', sort: 'name', down: false, page: 0, printing: false,
};

const holds = (cell, task) => cell >= 0 && (task < 0 || sets[cell].some(t => t.index === task));

function matcher(query) {
  const words = searchable(query).split(/\s+/).filter(Boolean);
  return item => words.every(word => item.text.includes(word));
}

function selectedUsers() {
  const matches = matcher(state.users);
  return users.filter(user => matches(user) && (state.idle || user.accounts + user.unknown > 0));
}

// Whether an account is to be shown. Where a task is asked for, an account on which somebody may
// have it counts as well: what is unknown must not vanish.
const SHOWS = {
  all: (account, has, unknown) => state.task < 0 || has || unknown,
  some: (account, has) => has,
  none: (account, has, unknown) => !has && !unknown,
  unknown: (account, has, unknown) => unknown || account.unread !== null,
};

const isHeld = account => !state.ownership || account.ownership === state.ownership;

function selectedAccounts(columns) {
  const matches = matcher(state.accounts);
  return accounts.filter(account => {
    if (!matches(account) || !isHeld(account)) return false;
    let has = false, unknown = false;
    for (const user of columns) {
      const cell = account.cells[user.index];
      if (isUnknown(cell)) unknown = true;
      else if (holds(cell, state.task)) has = true;
    }
    return SHOWS[state.show](account, has, unknown);
  });
}

// ---- order ------------------------------------------------------------------------------------

const collator = new Intl.Collator(undefined, { numeric: true });
const byId = (a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function ranked(items) {
  items.slice().sort((a, b) => collator.compare(a.name, b.name) || byId(a, b))
    .forEach((item, rank) => { item.rank = rank; });
}
ranked(accounts);
ranked(users);
users.sort((a, b) => a.rank - b.rank);

// The strongest first: by level, then by how many; unknown before nothing.
function strength(cell) {
  if (cell < 0) return isUnknown(cell) ? 0.5 : 0;
  if (state.task >= 0) return holds(cell, state.task) ? 1 : 0;
  return 1 + (sets[cell].length ? sets[cell][0].level * 100 : 0) + sets[cell].length;
}

function comparison(key) {
  if (key === 'name') return (a, b) => a.rank - b.rank;
  if (key === 'id') return byId;
  if (key === 'ownership') return (a, b) => collator.compare(a.ownership, b.ownership);
  if (key === 'assigned') return (a, b) => a.assigned - b.assigned;
  const user = Number(key.slice(5));
  return (a, b) => strength(a.cells[user]) - strength(b.cells[user]);
}

function sorted(rows) {
  const compare = comparison(state.sort), sign = state.down ? -1 : 1;
  return rows.sort((a, b) => sign * compare(a, b) || a.rank - b.rank);
}
]=]
