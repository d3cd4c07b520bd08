/** Lets a file be deleted from its page: forms can only GET and POST, so the button appears only with this script. */

const button = document.querySelector('[data-delete]');
const message = document.getElementById('delete-message');

button.hidden = false;
button.addEventListener('click', async () => {
  if (!confirm('Delete this file, and its pieces on all peers?')) return;
  button.disabled = true;
  try {
    await remove(button.dataset.delete);
    location.assign('/files');
  } catch (error) {
    button.disabled = false;
    message.textContent = `Not deleted: ${error.message}`;
  }
});

async function remove(address) {
  const response = await fetch(address, { method: 'DELETE', headers: { Accept: 'application/json' } });
  if (response.ok) return;
  const { detail } = await response.json();
  throw new Error(detail);
}
