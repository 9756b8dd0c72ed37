"""What is true: the model, its rules and its verbs. Knows Tortoise ORM and the standard library, nobody upstairs."""
