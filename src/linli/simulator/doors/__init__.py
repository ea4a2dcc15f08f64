"""The public doors, from outside: the HTTP API, the message server, and the telephone network."""
