"""Long work and how news of it travels: the queue, its worker, the relay and the feed."""
