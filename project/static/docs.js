// Starts Swagger UI on the document that the page names, and keeps it in the colours the reader's system asks for.
"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function followTheSystem() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

followTheSystem();
dark.addEventListener("change", followTheSystem);

SwaggerUIBundle({
  domNode: document.getElementById("docs"),
  url: document.getElementById("docs").dataset.openapiUrl,
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null, // its default sends the document's address to a third party
});
