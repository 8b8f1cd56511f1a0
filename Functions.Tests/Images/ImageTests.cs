using System.Net;
using System.Net.Http.Headers;
using Functions.Tests.Application;
using Functions.Tests.Tasks;
using SkiaSharp;

namespace Functions.Tests.Images;

public sealed class ImageTests(TaskApplication tasks)
{
    [Theory]
    [InlineData(SKEncodedImageFormat.Png, "image/png", ".png"), InlineData(SKEncodedImageFormat.Jpeg, "image/jpeg", ".jpg"), InlineData(SKEncodedImageFormat.Webp, "image/webp", ".webp")]
    public async Task An_image_becomes_thumbnails_of_its_format(SKEncodedImageFormat format, string type, string extension)
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();

        var task = await user.EndOfAsync(await UploadAsync(user, Draw(1000, 600, format), type));

        Assert.Equal("succeeded", task.GetProperty("state").GetString());
        foreach (var (width, height) in new[] { (128, 77), (512, 307) })
        {
            var response = await user.GetAsync($"tasks/{task.GetProperty("id")}/files/thumbnail-{width}{extension}");
            Assert.Equal(type, response.Header("Content-Type"));
            using var codec = SKCodec.Create(new MemoryStream(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
            Assert.Equal((width, height, format), (codec.Info.Width, codec.Info.Height, codec.EncodedFormat));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await user.GetAsync($"tasks/{task.GetProperty("id")}/files/original")).StatusCode);
    }

    [Fact]
    public async Task A_decompression_bomb_and_a_corrupt_file_die_at_the_first_attempt_with_a_clear_error()
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();
        var whole = Draw(1000, 600, SKEncodedImageFormat.Png);

        var bomb = await user.EndOfAsync(await UploadAsync(user, Bomb(30_000, 30_000), "image/png"));
        var corrupt = await user.EndOfAsync(await UploadAsync(user, whole[..40], "image/png"));

        Assert.Equal(("dead", 1), (bomb.GetProperty("state").GetString(), bomb.GetProperty("attempts").GetInt32()));
        Assert.Contains("30000 × 30000 pixels", bomb.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(("dead", 1), (corrupt.GetProperty("state").GetString(), corrupt.GetProperty("attempts").GetInt32()));
        Assert.Equal("The file is not an image that can be read.", corrupt.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("image/jpg"), InlineData("image/pjpeg"), InlineData("IMAGE/JPG"), InlineData("image/jpeg; charset=binary")]
    public async Task A_jpeg_is_one_under_each_of_its_names(string type)
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();

        using var accepted = await UploadAsync(user, Draw(10, 10, SKEncodedImageFormat.Jpeg), type);
        using var other = await UploadAsync(user, Draw(10, 10, SKEncodedImageFormat.Png), type);

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await other.ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_jpeg_with_a_profile_and_without_an_end_becomes_thumbnails_in_srgb()
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();
        var file = JpegFile.Make(4, 2, 3, (_, _) => [60, 200, 90], JpegFile.AdobeMarker, JpegFile.Profile(IccProfile.AdobeRgb))[..^2];

        var task = await user.EndOfAsync(await UploadAsync(user, file, "image/jpg"));

        Assert.Equal("succeeded", task.GetProperty("state").GetString());
        using var response = await user.GetAsync($"tasks/{task.GetProperty("id")}/files/thumbnail-128.jpg");
        using var thumbnail = SKBitmap.Decode(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))!;
        var color = thumbnail.GetPixel(64, 60);
        Assert.InRange(color.Red, 0, 2);
        Assert.InRange(color.Green, 199, 203);
        Assert.InRange(color.Blue, 78, 82);
    }

    [Fact]
    public async Task What_is_not_the_image_that_it_is_said_to_be_is_refused()
    {
        using var user = await (await tasks.GetAsync()).CreateClient().AsNewUserAsync();

        await (await UploadAsync(user, Draw(10, 10, SKEncodedImageFormat.Png), "image/jpeg")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await UploadAsync(user, [], "image/png")).ProblemAsync(HttpStatusCode.BadRequest);
        await (await UploadAsync(user, "<svg/>"u8.ToArray(), "image/svg+xml")).ProblemAsync(HttpStatusCode.UnsupportedMediaType);
        await (await UploadAsync(user, new byte[(10 * 1024 * 1024) + 1], "image/png")).ProblemAsync(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Without_storage_an_image_is_refused_and_no_task_is_made()
    {
        var dead = $"http://127.0.0.1:{Servers.FreePort.Next()}/account";
        await using var servers = new Servers.RedisServers();
        await using var applications = new TestApplications();
        await using var app = await applications.StartNewAsync((await servers.GetAsync(Servers.RedisKind.Garnet)).ConnectionString, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = $"AccountName=account;AccountKey={Convert.ToBase64String("key"u8)};BlobEndpoint={dead};QueueEndpoint={dead};TableEndpoint={dead}",
        });
        using var user = await app.CreateClient().AsNewUserAsync();

        var response = await UploadAsync(user, Draw(10, 10, SKEncodedImageFormat.Png), "image/png")
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await response.ProblemAsync(HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(response.Header("Retry-After"));
        Assert.Empty((await (await user.GetAsync("tasks")).JsonAsync()).GetProperty("items").EnumerateArray());
    }

    private static Task<HttpResponseMessage> UploadAsync(ApiClient client, byte[] content, string type)
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return client.SendAsync(HttpMethod.Post, "images", body);
    }

    private static byte[] Draw(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(width, height);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.CornflowerBlue);
            using var paint = new SKPaint { Color = SKColors.Gold };
            canvas.DrawOval(width / 2f, height / 2f, width / 3f, height / 3f, paint);
        }

        return bitmap.Encode(format, 90).ToArray();
    }

    // A small file that claims to be large: what it holds does not matter.
    private static byte[] Bomb(int width, int height) =>
        [.. PngFile.Signature, .. PngFile.Header(width, height), .. PngFile.Pixels(new byte[1_000_000]), .. PngFile.Chunk("IEND", [])];
}
