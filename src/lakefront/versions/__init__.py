"""What git says, what was applied last and what a server has: compared and told, whatever the server is."""
