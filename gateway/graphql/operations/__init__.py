"""Operations: long work that a client can watch and cancel."""
