// What stands above the code of docs/quickstart/android.md.

import java.util.UUID
import okhttp3.*
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.RequestBody.Companion.toRequestBody
import okio.Buffer
import org.openapitools.client.apis.*
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.models.*
