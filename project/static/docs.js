// Starts Swagger UI on the document that the page names, and keeps it in the colours the reader's system asks for.
"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function followTheSystem() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

followTheSystem();
dark.addEventListener("change", followTheSystem);

// Tokens are kept while the tab lives. Swagger UI's own persistAuthorization would keep them for ever.
const KEPT = "contacts.authorizations";
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) || "{}");
const keep = (authorizations) => sessionStorage.setItem(KEPT, JSON.stringify(authorizations));

const TokensOfTheTab = {
  statePlugins: {
    auth: {
      wrapActions: {
        authorize: (authorize) => (given) => {
          keep({ ...kept(), ...JSON.parse(JSON.stringify(given)) });
          return authorize(given);
        },
        logout: (logout) => (names) => {
          keep(Object.fromEntries(Object.entries(kept()).filter(([name]) => !names.includes(name))));
          return logout(names);
        },
      },
    },
  },
};

const ui = SwaggerUIBundle({
  domNode: document.getElementById("docs"),
  url: document.getElementById("docs").dataset.openapiUrl,
  deepLinking: true,
  persistAuthorization: false,
  plugins: [() => TokensOfTheTab],
  onComplete: () => ui.authActions.authorize(kept()),
  validatorUrl: null, // its default sends the document's address to a third party
});
