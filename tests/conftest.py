"""Makes what lies in tests/ (such as `layouts`) importable from every test."""
