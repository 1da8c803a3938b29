package main

func live(s *settings, r *report, tell *progress) error { return nil }
