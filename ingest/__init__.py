"""The world -> articles -> passages -> library."""
