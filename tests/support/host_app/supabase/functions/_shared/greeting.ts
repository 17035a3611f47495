/** The made-up app's own shared module. */
export const greeting = "Hello from the app.";
