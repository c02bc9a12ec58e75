
const player = document.getElementById("player");
const lost = document.getElementById("lost");
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href*='#t=']");
  const at = link && /#t=(\d+(?:\.\d+)?)$/.exec(link.getAttribute("href"));
  if (!at) return;
  event.preventDefault();
  player.currentTime = Number(at[1]);
  player.play().catch(() => {});
});
player.addEventListener("error", () => { lost.hidden = false; });
document.getElementById("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (!file) return;
  lost.hidden = true;
  player.src = URL.createObjectURL(file);
});
