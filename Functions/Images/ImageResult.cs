namespace Functions.Images;

/// <summary>The result of an image.</summary>
/// <param name="Files">The names of the thumbnails.</param>
/// <param name="Width">Of the original, in pixels, upright.</param>
/// <param name="Height">Of the original.</param>
public sealed record ImageResult(IReadOnlyList<string> Files, int Width, int Height);
