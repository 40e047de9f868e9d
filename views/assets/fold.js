// Folded menus and questions (<details>) as people know them: Escape folds one up and gives the focus back to its
// button, and a menu also folds when one goes on elsewhere. Without script the button does both.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const fold of document.querySelectorAll('.menu[open], .confirm[open]')) {
    if (!fold.contains(document.activeElement)) continue;
    fold.open = false;
    fold.querySelector('summary').focus();
  }
});

for (const menu of document.querySelectorAll('.menu')) {
  const foldUnlessWithin = (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  };
  document.addEventListener('click', foldUnlessWithin);
  document.addEventListener('focusin', foldUnlessWithin);
}
