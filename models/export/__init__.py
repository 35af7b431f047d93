"""From trained weights to what is shipped: ONNX, MXNet, settings, calibration, quality."""
