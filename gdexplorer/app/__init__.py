"""The window: controls, transport, actions, theme, and the docks around the panels."""
