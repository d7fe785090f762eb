"""Pictures: made safe, kept on disk or at Cloudinary, served, and removed when nothing shows them."""
