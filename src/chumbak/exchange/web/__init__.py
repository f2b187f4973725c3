"""The pages: made by the server, in the user's language, whole without scripts."""
