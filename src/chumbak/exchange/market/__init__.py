"""The scrap market: lots with photographs and a seal, a fair price first, offers and auctions, one winner."""
