from creatorshop.api.app import api_root, nothing_at_the_root, nothing_here

urlpatterns = [nothing_at_the_root, api_root, nothing_here]
