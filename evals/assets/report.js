"use strict";
const find = document.getElementById("find");
const show = document.getElementById("show");
if (find && show) {
  const rows = [...document.querySelectorAll(".cases tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const wanted = find.value.toLowerCase();
    rows.forEach((row, place) => {
      const shown = texts[place].includes(wanted) && (!show.value || row.classList.contains(show.value));
      row.hidden = !shown;
    });
  };
  find.addEventListener("input", filter);
  show.addEventListener("input", filter);
}
