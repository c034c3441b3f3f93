"""One screen per stage, and the cards laid over them."""
