"""`laughtrack deploy`: the ways onto a device, AWS IoT and the DeepLens Lambda."""
