"""The local stack: real servers, one file a component, started and watched by one supervisor."""
