// Copy buttons beside values (partials/copy.eta). Without script the value is still there, and one click selects it all.
// Browsers allow clipboard access only on https and localhost; elsewhere the buttons stay hidden.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('.copy-value button')) {
    const label = button.textContent;
    button.hidden = false;
    const showCopied = () => {
      button.textContent = button.dataset.copied;
      setTimeout(() => {
        button.textContent = label;
      }, 2000);
    };
    // No `async`: it is on every page, and HtmlUnit refuses a whole script for it (test/end-to-end/htmlunit.test.ts).
    button.addEventListener('click', () => {
      navigator.clipboard
        .writeText(button.parentElement.querySelector('code').textContent)
        .then(showCopied, () => {});
    });
  }
}
