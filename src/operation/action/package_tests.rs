// to be rewritten
