import { copyFileSync } from "node:fs";
import { resolve } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

const here = import.meta.dirname;
const outDir = resolve(here, "../src/linli/faces/kit/static/linli");

/** Stable names: Django links to them from templates, and the service worker's version changes with their content. */
export default defineConfig({
  root: here,
  publicDir: resolve(here, "public"),
  plugins: [
    tailwindcss(),
    {
      name: "ship-htmx",
      writeBundle() {
        copyFileSync(resolve(here, "node_modules/htmx.org/dist/htmx.min.js"), resolve(outDir, "htmx.js"));
      },
    },
  ],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2021",
    cssMinify: "lightningcss",
    modulePreload: false,
    rollupOptions: {
      input: {
        kit: resolve(here, "src/kit.ts"),
        "service-worker": resolve(here, "src/service-worker.ts"),
        portal: resolve(here, "src/portal.ts"),
        workbench: resolve(here, "src/workbench.ts"),
        cockpit: resolve(here, "src/cockpit.ts"),
        passkey: resolve(here, "src/passkey.ts"),
        demo: resolve(here, "src/demo.ts"),
        app: resolve(here, "styles/app.css"),
        "cockpit-style": resolve(here, "styles/cockpit.css"),
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "shared-[name].js",
        assetFileNames: (asset) => (asset.names?.[0] === "cockpit-style.css" ? "cockpit.css" : "[name][extname]"),
      },
    },
  },
});
