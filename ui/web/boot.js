// Loads the app. Nothing here is inline, so that the content security policy can forbid inline code.
import init from "/app.js";

const boot = document.getElementById("boot");

// Before the app is there, so that the page does not flash in the wrong colours.
try {
  document.documentElement.dataset.theme = localStorage.getItem("releve.theme") ?? "auto";
} catch {
  // Storage is forbidden: the device's own theme it is.
}

function fail(error) {
  console.error(error);
  const french = navigator.language?.toLowerCase().startsWith("fr");
  boot.hidden = false;
  boot.setAttribute("role", "alert");
  boot.textContent = french
    ? "La page n’a pas pu démarrer. Rechargez-la ; sinon, essayez un navigateur à jour où WebAssembly est permis. Les sites continuent seuls."
    : "The page could not start. Reload it; if that does not help, try an up-to-date browser that allows WebAssembly. The sites go on by themselves.";
}

// A fault in the app itself stops it for good: say so rather than show values that no longer change.
addEventListener("error", (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) fail(event.error);
});

try {
  await init({ module_or_path: "/app_bg.wasm" });
  boot.hidden = true;
} catch (error) {
  fail(error);
}
