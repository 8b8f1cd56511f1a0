namespace Functions.Images;

/// <summary>What the task of an image carries; the image itself lies in Blob storage under the task's id.</summary>
/// <param name="MediaType">The content type of the original.</param>
public sealed record ImagePayload(string MediaType);
