"""How quickly the app opens and answers, and what it costs while idle."""
