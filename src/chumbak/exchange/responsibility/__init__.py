"""What producers owe for what they sold, and certificates of metal that was won back and sold."""
