"""What becomes of rows between their arrival and the consumer: kept, passed on as they come, or put in order. Pure."""
